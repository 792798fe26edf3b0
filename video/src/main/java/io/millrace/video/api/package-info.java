/**
 * Kinesis Video Streams as its clients speak it: the control operations, {@code PutMedia}, {@code GetMedia} and {@code
 * ListFragments}.
 *
 * <p>Start reading at {@link io.millrace.video.api.VideoApi}; media comes in through {@code MediaSession} and goes out
 * through {@code MediaFlow}. Nothing here blocks an event loop.
 */
@NullMarked
package io.millrace.video.api;

import org.jspecify.annotations.NullMarked;
