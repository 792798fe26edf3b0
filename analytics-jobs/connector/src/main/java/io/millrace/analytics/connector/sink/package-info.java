/** The sink: batches of PutRecords, all of them acknowledged before a checkpoint completes. */
@NullMarked
package io.millrace.analytics.connector.sink;

import org.jspecify.annotations.NullMarked;
