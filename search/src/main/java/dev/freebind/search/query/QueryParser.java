package dev.freebind.search.query;

import dev.freebind.api.EmbeddingSpace;
import dev.freebind.api.InvalidRequestException;
import dev.freebind.api.Modality;
import dev.freebind.search.query.Query.Term;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads queries such as {@code image:a.jpg - 0.5*text:"a cat" + audio:rain.wav}.
 *
 * <pre>{@code
 * query   = [sign] term { sign term }
 * term    = [ NUMBER "*" ] operand
 * operand = MODALITY ":" value                                    a raw item: the text, or the name of a file
 *         | '"' text '"'                                          short for text:"…"
 *         | "row:" [ GALLERY "/" ] ROW                            an item of a gallery
 *         | "npy:" value "#" ROW                                  a row of embeddings of the searched space
 *         | MODALITY "@" LEAF ":" value { "," LEAF ":" value } "#" ROW   a row of embeddings of leaf spaces
 * value   = '"' … '"' with \" and \\, or anything without blanks and quotes
 * }</pre>
 *
 * A query without a colon and without quotes is a text as a whole: {@code a dog barks}. A sign after an unquoted value needs a
 * blank before it, because names of files contain dashes.
 */
public final class QueryParser {

    /** Longer queries are a mistake, or an attack on a server. */
    private static final int LONGEST = 20_000;

    private static final int MOST_TERMS = 64;

    private static final String ROW = "row";
    private static final String NPY = "npy";

    private final String text;
    private int at;

    /** Reads from the beginning. */
    public QueryParser(String text) {
        this.text = text;
    }

    /**
     * Reads the whole text.
     *
     * @throws InvalidRequestException if it is not a query, showing where
     */
    public Query parse() {
        if (text.isBlank()) {
            throw new InvalidRequestException("the query is empty; write for example text:\"a dog barks\"");
        }
        if (text.length() > LONGEST) {
            throw new InvalidRequestException(
                    "the query has " + text.length() + " characters; at most " + LONGEST + " are read");
        }
        if (text.indexOf(':') < 0 && text.indexOf('"') < 0) {
            return new Query(List.of(new Term(1, new Operand.Raw(Modality.TEXT, text.strip()))));
        }
        List<Term> terms = new ArrayList<>();
        skipBlanks();
        double sign = isSign() ? sign() : 1;
        while (true) {
            if (terms.size() == MOST_TERMS) {
                throw wrong(at, "a query has at most " + MOST_TERMS + " parts");
            }
            terms.add(term(sign));
            skipBlanks();
            if (at == text.length()) {
                return new Query(terms);
            }
            if (!isSign()) {
                throw wrong(at, "a + or - must stand between two parts; put texts and names with blanks in quotes");
            }
            sign = sign();
        }
    }

    private Term term(double sign) {
        skipBlanks();
        double weight = 1;
        int start = at;
        while (at < text.length() && isPartOfNumber(text.charAt(at))) {
            at++;
        }
        int end = at;
        skipBlanks();
        if (end > start && peek() == '*') {
            weight = number(start, end);
            at++;
            skipBlanks();
        } else {
            at = start;
        }
        return new Term(sign * weight, operand());
    }

    private double number(int start, int end) {
        double value;
        try {
            value = Double.parseDouble(text.substring(start, end));
        } catch (NumberFormatException e) {
            throw wrong(start, "'" + text.substring(start, end) + "' is not a number");
        }
        if (!(value > 0) || Double.isInfinite(value)) {
            throw wrong(start, "a weight must be above 0; write a minus before it to subtract");
        }
        return value;
    }

    private Operand operand() {
        int start = at;
        if (at == text.length()) {
            throw wrong(at, "something must follow; for example text:\"a cat\"");
        }
        if (peek() == '"') {
            return new Operand.Raw(Modality.TEXT, nonEmpty(start, quoted()));
        }
        String name = word();
        char separator = peek();
        if (name.isEmpty() || (separator != ':' && separator != '@')) {
            throw wrong(
                    start,
                    "a part begins with what it is, for example text:\"a cat\", image:a.jpg, audio:rain.wav, row:17 or"
                            + " npy:queries.npy#3");
        }
        at++;
        if (separator == ':' && name.equals(ROW)) {
            return galleryRow();
        }
        if (separator == ':' && name.equals(NPY)) {
            FileAndRow place = fileAndRow();
            return new Operand.SpaceRow(place.file, place.row);
        }
        if (!Modality.isName(name)) {
            throw wrong(start, "'" + name + "' is not the name of a modality");
        }
        Modality modality = new Modality(name);
        return separator == '@' ? leafRow(modality) : new Operand.Raw(modality, nonEmpty(start, value()));
    }

    private Operand galleryRow() {
        int start = at;
        String place = value();
        int slash = place.lastIndexOf('/');
        return new Operand.GalleryRow(
                slash < 0 ? null : place.substring(0, slash), row(start, place.substring(slash + 1)));
    }

    private Operand leafRow(Modality modality) {
        Map<String, String> files = new LinkedHashMap<>();
        while (true) {
            int start = at;
            String leaf = word();
            if (!EmbeddingSpace.isName(leaf) || peek() != ':') {
                throw wrong(start, "after @ stand leaf spaces with their files, for example audio@clap:sounds.npy#3");
            }
            at++;
            FileAndRow place = fileAndRow(true);
            if (files.put(leaf, place.file) != null) {
                throw wrong(start, "leaf space '" + leaf + "' is named twice");
            }
            if (place.row >= 0) {
                return new Operand.LeafRow(modality, files, place.row);
            }
        }
    }

    private record FileAndRow(String file, long row) {}

    private FileAndRow fileAndRow() {
        return fileAndRow(false);
    }

    /** {@code FILE#ROW}, or, in a list, {@code FILE,} with a row of -1. */
    private FileAndRow fileAndRow(boolean inList) {
        int start = at;
        String file;
        String rest;
        if (peek() == '"') {
            file = quoted();
            rest = value();
        } else {
            String whole = value();
            int comma = inList ? whole.indexOf(',') : -1;
            int hash = whole.lastIndexOf('#');
            int end = comma >= 0 ? comma : hash < 0 ? whole.length() : hash;
            file = whole.substring(0, end);
            rest = whole.substring(end);
        }
        if (inList && rest.startsWith(",")) {
            at -= rest.length() - 1;
            return new FileAndRow(nonEmpty(start, file), -1);
        }
        if (!rest.startsWith("#")) {
            throw wrong(start, "the row is missing; write it after the file, for example queries.npy#3");
        }
        return new FileAndRow(nonEmpty(start, file), row(start, rest.substring(1)));
    }

    private long row(int start, String digits) {
        if (!digits.matches("[0-9]{1,18}")) {
            throw wrong(start, "'" + digits + "' is not a row; rows are whole numbers from 0");
        }
        return Long.parseLong(digits);
    }

    private String nonEmpty(int start, String value) {
        if (value.isBlank()) {
            throw wrong(start, "nothing stands after the colon");
        }
        return value;
    }

    private String value() {
        if (peek() == '"') {
            return quoted();
        }
        int start = at;
        while (at < text.length() && !Character.isWhitespace(text.charAt(at)) && text.charAt(at) != '"') {
            at++;
        }
        return text.substring(start, at);
    }

    private String quoted() {
        int start = at++;
        StringBuilder value = new StringBuilder();
        while (at < text.length() && text.charAt(at) != '"') {
            boolean escaped = text.charAt(at) == '\\'
                    && at + 1 < text.length()
                    && (text.charAt(at + 1) == '"' || text.charAt(at + 1) == '\\');
            at += escaped ? 1 : 0;
            value.append(text.charAt(at++));
        }
        if (at == text.length()) {
            throw wrong(start, "the quote that begins here does not end");
        }
        at++;
        return value.toString();
    }

    private String word() {
        int start = at;
        while (at < text.length()
                && (Character.isLetterOrDigit(text.charAt(at)) || "._-".indexOf(text.charAt(at)) >= 0)) {
            at++;
        }
        return text.substring(start, at);
    }

    private boolean isSign() {
        return at < text.length() && "+-\u2212".indexOf(text.charAt(at)) >= 0;
    }

    private double sign() {
        return text.charAt(at++) == '+' ? 1 : -1;
    }

    private static boolean isPartOfNumber(char c) {
        return (c >= '0' && c <= '9') || c == '.';
    }

    /** The character here, or 0 at the end. */
    private char peek() {
        return at < text.length() ? text.charAt(at) : 0;
    }

    private void skipBlanks() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private InvalidRequestException wrong(int position, String message) {
        return new InvalidRequestException("the query is not understood at character " + (position + 1) + ": " + message
                + "\n  " + text.replaceAll("\\s", " ") + "\n  " + " ".repeat(position) + "^");
    }
}
