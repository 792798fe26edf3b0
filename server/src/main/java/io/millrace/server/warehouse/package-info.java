/**
 * The embedded warehouse: a real PostgreSQL as a child process, for machines that have neither one nor a Redshift.
 *
 * <p>Start reading at {@link io.millrace.server.warehouse.EmbeddedPostgres}. This package knows processes, files and
 * one JDBC driver. It knows nothing of delivery; a failure is a {@link java.io.IOException} that can be shown to a
 * user.
 */
@NullMarked
package io.millrace.server.warehouse;

import org.jspecify.annotations.NullMarked;
