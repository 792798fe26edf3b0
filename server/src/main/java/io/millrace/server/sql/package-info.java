/** Runs scripts of Flink SQL for a user: statement by statement, with the line of what is wrong. */
@NullMarked
package io.millrace.server.sql;

import org.jspecify.annotations.NullMarked;
