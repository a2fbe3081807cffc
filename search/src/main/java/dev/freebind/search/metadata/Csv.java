package dev.freebind.search.metadata;

import dev.freebind.api.DataException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Comma- or tab-separated values as RFC 4180 describes them; the first record names the fields. */
public final class Csv implements MetadataFormat {

    /** For the service loader. */
    public Csv() {}

    @Override
    public List<String> extensions() {
        return List.of("csv", "tsv");
    }

    @Override
    public Metadata open(Path file) {
        char separator = file.toString().endsWith("tsv") ? '\t' : ',';
        RecordFile records = RecordFile.open(file, true);
        boolean good = false;
        try {
            if (records.records() == 0) {
                throw new DataException(file + ": is empty; its first line names the fields");
            }
            List<String> names = fields(records.from(0).next(), separator, file + ", first line");
            if (new HashSet<>(names).size() < names.size()) {
                throw new DataException(file + ", first line: a field is named twice: " + names);
            }
            Metadata metadata = new RecordMetadata(records, 1, (record, where) -> row(names, record, separator, where));
            good = true;
            return metadata;
        } finally {
            if (!good) {
                records.close();
            }
        }
    }

    private static MetadataRow row(List<String> names, String record, char separator, String where) {
        List<String> values = fields(record, separator, where);
        if (values.size() != names.size()) {
            throw new DataException(
                    where + ": has " + values.size() + " fields, but the first line names " + names.size());
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            fields.put(names.get(i), values.get(i));
        }
        return new MetadataRow(fields);
    }

    private static List<String> fields(String record, char separator, String where) {
        List<String> fields = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        int at = 0;
        while (true) {
            field.setLength(0);
            if (at < record.length() && record.charAt(at) == '"') {
                at = quoted(record, at + 1, field, where);
            } else {
                while (at < record.length() && record.charAt(at) != separator) {
                    field.append(record.charAt(at++));
                }
                if (field.indexOf("\"") >= 0) {
                    throw new DataException(where + ", field " + (fields.size() + 1)
                            + ": has a double quote but does not begin with one; quote the whole field and double the"
                            + " quotes in it");
                }
            }
            fields.add(field.toString());
            if (at == record.length()) {
                return fields;
            }
            if (record.charAt(at) != separator) {
                throw new DataException(where + ", field " + fields.size() + ": goes on after its closing quote");
            }
            at++;
        }
    }

    /** Reads up to the closing quote and gives the position after it. */
    private static int quoted(String record, int start, StringBuilder field, String where) {
        int at = start;
        while (at < record.length()) {
            char c = record.charAt(at++);
            if (c != '"') {
                field.append(c);
            } else if (at < record.length() && record.charAt(at) == '"') {
                field.append('"');
                at++;
            } else {
                return at;
            }
        }
        throw new DataException(where + ": a double quote is left open");
    }
}
