/** SQL tables over the source and the sink: options, formats, metadata columns and watermarks. */
@NullMarked
package io.millrace.analytics.connector.table;

import org.jspecify.annotations.NullMarked;
