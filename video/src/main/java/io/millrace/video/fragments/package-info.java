/**
 * The store of fragments: one append-only segment log for all streams of a node, and an index for each stream.
 *
 * <p>Start reading at {@link io.millrace.video.fragments.FragmentStore}; the formats on disk are drawn at
 * {@link io.millrace.video.fragments.RecordHeader} and {@link io.millrace.video.fragments.FragmentEntry}.
 *
 * <p>This package knows bytes, times and files. It does not know Matroska, HTTP, stream names or AWS error codes. A
 * caller learns of failure through {@link java.io.IOException}.
 */
@NullMarked
package io.millrace.video.fragments;

import org.jspecify.annotations.NullMarked;
