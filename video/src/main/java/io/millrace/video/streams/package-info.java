/**
 * What the node knows of its video streams: names, settings and for how long each keeps its fragments.
 *
 * <p>Start reading at {@link io.millrace.video.streams.VideoStreams}. Knows the fragment store, but no HTTP and no
 * media.
 */
@NullMarked
package io.millrace.video.streams;

import org.jspecify.annotations.NullMarked;
