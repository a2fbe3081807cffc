package dev.freebind.evaluation.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** One line of a CSV file (RFC 4180; quoted fields do not span lines). */
public final class Csv {

    private Csv() {}

    /** The fields as a line with its LF, quoted where needed. */
    public static String line(List<String> fields) {
        return fields.stream().map(Csv::quoted).collect(Collectors.joining(",", "", "\n"));
    }

    private static String quoted(String field) {
        boolean plain = field.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? field : '"' + field.replace("\"", "\"\"") + '"';
    }

    /**
     * The fields of a line, without surrounding blanks unless quoted.
     *
     * @throws IllegalArgumentException if a quote is not closed
     */
    public static List<String> fields(String line) {
        List<String> fields = new ArrayList<>();
        int at = 0;
        while (true) {
            int start = at;
            while (start < line.length() && line.charAt(start) == ' ') {
                start++;
            }
            if (start < line.length() && line.charAt(start) == '"') {
                StringBuilder field = new StringBuilder();
                at = start + 1;
                while (true) {
                    int quote = line.indexOf('"', at);
                    if (quote < 0) {
                        throw new IllegalArgumentException("a quote is not closed");
                    }
                    field.append(line, at, quote);
                    at = quote + 1;
                    if (at < line.length() && line.charAt(at) == '"') {
                        field.append('"');
                        at++;
                    } else {
                        break;
                    }
                }
                fields.add(field.toString());
                int comma = line.indexOf(',', at);
                at = comma < 0 ? line.length() : comma;
            } else {
                int comma = line.indexOf(',', at);
                int end = comma < 0 ? line.length() : comma;
                fields.add(line.substring(at, end).strip());
                at = end;
            }
            if (at >= line.length()) {
                return fields;
            }
            at++;
        }
    }
}
