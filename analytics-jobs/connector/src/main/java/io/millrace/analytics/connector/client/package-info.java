/** How the connector reaches a Kinesis endpoint. */
@NullMarked
package io.millrace.analytics.connector.client;

import org.jspecify.annotations.NullMarked;
