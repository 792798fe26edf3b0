/**
 * Jobs on a Flink cluster, as the node wants them: what should run is durable here, and {@link
 * io.millrace.analytics.control.ManagedJobs} makes the cluster match it, after any restart of either, from the newest
 * checkpoint.
 *
 * <p>The cluster is reached over its REST API and the SQL gateway's only; no Flink class is used.
 */
@NullMarked
package io.millrace.analytics.control;

import org.jspecify.annotations.NullMarked;
