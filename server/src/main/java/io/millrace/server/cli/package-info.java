/** The commands of {@code ./millrace}. Start reading at {@link io.millrace.server.cli.Main}. */
@NullMarked
package io.millrace.server.cli;

import org.jspecify.annotations.NullMarked;
