/**
 * Where the master keys are under which a log's data keys are wrapped.
 *
 * <p>Start reading at {@link io.millrace.ingest.log.keys.LocalMasterKeys}.
 */
@NullMarked
package io.millrace.ingest.log.keys;

import org.jspecify.annotations.NullMarked;
