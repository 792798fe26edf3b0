/** The FLIP-27 source: the enumerator finds shards, readers poll or subscribe, positions are in the checkpoints. */
@NullMarked
package io.millrace.analytics.connector.source;

import org.jspecify.annotations.NullMarked;
