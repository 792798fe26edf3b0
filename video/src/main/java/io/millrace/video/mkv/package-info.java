/**
 * Matroska as far as the node needs it: cutting an arriving stream into fragments, and writing tags.
 *
 * <p>Start reading at {@link io.millrace.video.mkv.MkvParser}.
 *
 * <p>This package knows bytes. It knows no network, no disk, no stream names and no other package of this module.
 */
@NullMarked
package io.millrace.video.mkv;

import org.jspecify.annotations.NullMarked;
