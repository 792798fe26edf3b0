/**
 * The schema catalog: databases and tables, spoken to as AWS Glue, as far as format conversion needs one.
 *
 * <p>Start reading at {@link io.millrace.firehose.catalog.SchemaCatalog}.
 */
@NullMarked
package io.millrace.firehose.catalog;

import org.jspecify.annotations.NullMarked;
