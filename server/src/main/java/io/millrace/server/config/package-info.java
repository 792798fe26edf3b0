/** What a node is told: options of the command line, environment variables and a YAML file, and what they add up to. */
@NullMarked
package io.millrace.server.config;

import org.jspecify.annotations.NullMarked;
