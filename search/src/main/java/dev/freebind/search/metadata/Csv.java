package dev.freebind.search.metadata;

import dev.freebind.api.DataException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
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
        CSVFormat format = CSVFormat.RFC4180.builder().setDelimiter(separator).get();
        try (CSVParser parser = CSVParser.parse(record, format)) {
            List<CSVRecord> records = parser.getRecords();
            if (records.size() > 1) {
                throw new DataException(
                        where + ": has a double quote inside a field that does not begin with one; quote the"
                                + " whole field and double the quotes in it");
            }
            return records.isEmpty() ? List.of("") : records.get(0).toList();
        } catch (IOException | UncheckedIOException e) {
            Throwable cause = e instanceof UncheckedIOException && e.getCause() != null ? e.getCause() : e;
            // the line is counted from where this record begins
            String reason = String.valueOf(cause.getMessage()).replaceFirst("^\\(startline [0-9]+\\) ", "");
            throw new DataException(where + ": is not CSV: " + reason, e);
        }
    }
}
