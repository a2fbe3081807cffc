package dev.freebind.evaluation.report;

import dev.freebind.evaluation.result.Subject;
import java.util.Locale;

/** Text for HTML and SVG: everything that comes from outside passes through here. */
final class Markup {

    private Markup() {}

    /** The text with every character that means something in HTML, in element content and quoted attributes, escaped. */
    static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.append(c);
            }
        }
        return escaped.toString();
    }

    /** A coordinate: two decimals at most. */
    static String number(double value) {
        String text = String.format(Locale.ROOT, "%.2f", value);
        return text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
    }

    /** A share in percent, with one decimal and no sign. */
    static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f", 100 * share);
    }

    /** A subject as tables name it, its preset set apart. */
    static String subject(Subject subject) {
        return escape(subject.space())
                + (subject.preset() == null ? "" : " <span class=\"preset\">" + escape(subject.preset()) + "</span>");
    }

    /** The text cut to so many characters. */
    static String shortened(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length - 1) + "…";
    }
}
