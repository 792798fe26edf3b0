/** Failures of calls to Kinesis: which may pass, and which end the job because no retry can succeed. */
@NullMarked
package io.millrace.analytics.connector.failure;

import org.jspecify.annotations.NullMarked;
