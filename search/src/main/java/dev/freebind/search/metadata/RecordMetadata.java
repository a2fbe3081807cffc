package dev.freebind.search.metadata;

import java.util.Objects;

/** Metadata whose rows are the records of a text file. */
final class RecordMetadata implements Metadata {

    /** Understands one record. */
    @FunctionalInterface
    interface RecordParser {
        /**
         * The fields.
         *
         * @param record the text
         * @param where file and row, for messages
         */
        MetadataRow parse(String record, String where);
    }

    private final RecordFile file;
    private final int header;
    private final RecordParser parser;

    /**
     * Takes over the file.
     *
     * @param header how many records come before the first row
     */
    RecordMetadata(RecordFile file, int header, RecordParser parser) {
        this.file = file;
        this.header = header;
        this.parser = parser;
    }

    @Override
    public long rows() {
        return file.records() - header;
    }

    @Override
    public String origin() {
        return file.path().toString();
    }

    @Override
    public Cursor from(long row) {
        Objects.checkIndex(row, rows() + 1);
        RecordFile.Reader reader = file.from(row + header);
        return new Cursor() {
            @Override
            public MetadataRow next() {
                long at = reader.record() - header;
                return parser.parse(reader.next(), file.path() + ", row " + at);
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public void close() {
        file.close();
    }
}
