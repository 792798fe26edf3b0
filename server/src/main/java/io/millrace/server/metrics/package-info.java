/**
 * {@code GET /metrics}: what the node counts and measures, as Prometheus reads it.
 *
 * <p>Start reading at {@link io.millrace.server.metrics.MetricsPage}. Each source of figures is a {@link
 * io.millrace.server.metrics.FigureSource}; it must not wait for anything. What has to be waited for is looked at by a
 * {@link io.millrace.server.metrics.Sampler}.
 */
@NullMarked
package io.millrace.server.metrics;

import org.jspecify.annotations.NullMarked;
