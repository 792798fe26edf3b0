/**
 * What is counted on hot paths, without locks. {@link io.millrace.protocol.metrics.Histogram} is the class to read
 * first.
 *
 * <p>This package knows numbers. It knows neither Prometheus nor CloudWatch; the node makes pages of it.
 */
@NullMarked
package io.millrace.protocol.metrics;

import org.jspecify.annotations.NullMarked;
