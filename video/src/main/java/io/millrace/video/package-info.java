/**
 * Kinesis Video Streams: cameras in by {@code PutMedia}, fragments kept by time, media out by {@code GetMedia}.
 *
 * <p>Start reading at {@link io.millrace.video.Video}, which puts the parts together. Requests go from {@code api} to
 * {@code streams} and {@code fragments}; {@code mkv} cuts the media. Nothing goes back but a completed future and a
 * callback.
 */
@NullMarked
package io.millrace.video;

import org.jspecify.annotations.NullMarked;
