/**
 * Whose request it is: AWS Signature Version 4, checked on the server's side, and the access keys it is checked with.
 *
 * <p>Start reading at {@link io.millrace.protocol.auth.SigV4Authentication}, which owns the order of the checks.
 *
 * <p>This package knows the head and the body of a request, clocks and keys. It knows no operation and writes no
 * answer: a refusal is an {@link io.millrace.protocol.auth.UnauthenticatedException}.
 */
@NullMarked
package io.millrace.protocol.auth;

import org.jspecify.annotations.NullMarked;
