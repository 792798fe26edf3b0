/**
 * SQL over what was delivered: files in an object store, read by DuckDB, and the warehouse, read by JDBC.
 *
 * <p>Start reading at {@link io.millrace.server.query.ParquetQuery}. This package knows SQL text, tables on a terminal
 * and an {@link io.millrace.server.storage.ObjectStore}; it does not know who wrote the files.
 */
@NullMarked
package io.millrace.server.query;

import org.jspecify.annotations.NullMarked;
