/**
 * The one way in which a log becomes durable: many callers, one thread, one sync for all that wait.
 *
 * <p>Start reading at {@link io.millrace.durable.commit.GroupCommit}.
 */
@NullMarked
package io.millrace.durable.commit;

import org.jspecify.annotations.NullMarked;
