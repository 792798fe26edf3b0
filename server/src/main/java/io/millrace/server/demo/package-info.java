/**
 * {@code millrace demo}: the main job on real data, by the same calls that a user makes, each result compared with
 * numbers that are computed from the data file itself.
 *
 * <p>Start reading at {@link io.millrace.server.demo.Demo}.
 */
@NullMarked
package io.millrace.server.demo;

import org.jspecify.annotations.NullMarked;
