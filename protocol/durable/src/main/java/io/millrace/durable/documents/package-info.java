/**
 * Small durable documents: what a node has to remember of streams, delivery streams and applications.
 *
 * <p>Knows bytes, keys and files only.
 */
@NullMarked
package io.millrace.durable.documents;

import org.jspecify.annotations.NullMarked;
