/** Accounts, regions and Amazon Resource Names. Knows no service. */
@NullMarked
package io.millrace.protocol.arn;

import org.jspecify.annotations.NullMarked;
