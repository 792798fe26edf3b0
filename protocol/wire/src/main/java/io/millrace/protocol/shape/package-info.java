/**
 * Reads and writes the AWS SDK's own model classes as JSON and CBOR, so that the shapes of the API are the ones its
 * clients use.
 *
 * <p>Start reading at {@link io.millrace.protocol.shape.ShapeReader}. This package knows bytes and shapes; it knows
 * neither HTTP nor operations.
 */
@NullMarked
package io.millrace.protocol.shape;

import org.jspecify.annotations.NullMarked;
