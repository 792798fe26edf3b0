/** What is delivered where and when: buffering hints, object keys, destinations. Plain Java, no Flink. */
@NullMarked
package io.millrace.firehose.delivery;

import org.jspecify.annotations.NullMarked;
