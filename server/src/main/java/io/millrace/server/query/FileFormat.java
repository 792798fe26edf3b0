package io.millrace.server.query;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/**
 * What a delivered file is, told by its content: delivered objects need not have an ending.
 *
 * @param reader DuckDB's function for it
 * @param gzip whether the file as a whole is compressed that way; other compressions are told by DuckDB from the ending
 */
record FileFormat(String reader, boolean gzip) {
    private static final String PARQUET_MAGIC = "PAR1";
    private static final int GZIP_MAGIC = 0x1f8b;

    static FileFormat of(Path file) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            in.mark(2);
            boolean gzip = (in.read() << 8 | in.read()) == GZIP_MAGIC;
            in.reset();
            return new FileFormat(reader(gzip ? new GZIPInputStream(in) : in, file), gzip);
        }
    }

    private static String reader(InputStream content, Path file) throws IOException {
        String begin = new String(content.readNBytes(64), StandardCharsets.ISO_8859_1).stripLeading();
        if (begin.startsWith(PARQUET_MAGIC)) {
            return "read_parquet";
        }
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        boolean json = begin.startsWith("{") || begin.startsWith("[") || name.contains(".json");
        return json ? "read_json" : "read_csv";
    }

    /** Returns a table expression over files of this format, whose columns may differ from file to file. */
    String table(String files) {
        return String.format(
                Locale.ROOT, "%s([%s], union_by_name = true%s)", reader, files, gzip ? ", compression = 'gzip'" : "");
    }
}
