package dev.freebind.evaluation.report;

/**
 * One part of a report: a heading, and what stands below it. A new kind of figure or table is a new panel; the page itself does
 * not change.
 */
public interface Panel {

    /** The anchor: lower-case letters and hyphens, one panel of a report each. */
    String id();

    /** The heading, plain text. */
    String heading();

    /**
     * What stands below the heading, as well-formed HTML that loads nothing from elsewhere, with text from outside escaped. Empty
     * if there is nothing to show: then the part is left out. The same panel gives the same text.
     */
    String content();
}
