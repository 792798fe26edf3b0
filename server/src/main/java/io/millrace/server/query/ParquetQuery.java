package io.millrace.server.query;

import io.millrace.server.storage.ObjectStore;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * SQL over files in an object store: {@code SELECT ... FROM 's3://bucket/prefix/**}{@code /*.parquet'}.
 *
 * <p>Runs in DuckDB inside this process, over local copies of the files, so that any S3 will do and nothing has to be
 * downloaded that is not data. Parquet, JSON and CSV, plain or compressed, are told by their content.
 */
public final class ParquetQuery {
    private ParquetQuery() {}

    /**
     * Runs one query and prints its result as a table.
     *
     * @param cache keeps copies of files from one query to the next; made when missing
     * @param maxRows how many rows are printed; all are counted
     * @return 0, as the exit code of a command
     * @throws IOException with a message for the user, if no object matches, one cannot be read or the SQL is wrong
     */
    public static int run(String sql, ObjectStore store, Path cache, PrintStream out, int maxRows) throws IOException {
        ObjectCache objects = new ObjectCache(store, cache);
        String local = S3Literals.replace(sql, new LocalFiles(objects));
        Files.createDirectories(cache);
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:", settings(cache))) {
            Table.print(connection, local, out, maxRows);
            return 0;
        } catch (SQLException e) {
            throw new IOException(oneLine(e), e);
        }
    }

    /** Nothing is fetched from the network, and what does not fit into memory goes into the cache's folder. */
    private static Properties settings(Path cache) {
        Properties settings = new Properties();
        settings.setProperty("autoinstall_known_extensions", "false");
        settings.setProperty("autoload_known_extensions", "false");
        settings.setProperty(
                "temp_directory", cache.toAbsolutePath().resolve("tmp").toString());
        return settings;
    }

    /** Returns the first line: the others repeat the SQL, in which our file names stand. */
    static String oneLine(SQLException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("the query failed");
    }

    private record LocalFiles(ObjectCache objects) implements S3Literals.Replacement {
        @Override
        public String table(S3Glob glob) throws IOException {
            List<Path> files = objects.files(glob);
            return FileFormat.of(files.get(0)).table(literals(files));
        }

        @Override
        public String files(S3Glob glob) throws IOException {
            return literals(objects.files(glob));
        }

        private static String literals(List<Path> files) {
            return files.stream()
                    .map(file -> "'" + file.toString().replace("'", "''") + "'")
                    .collect(Collectors.joining(", "));
        }
    }
}
