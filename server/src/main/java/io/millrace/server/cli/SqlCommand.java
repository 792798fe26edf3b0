package io.millrace.server.cli;

import io.millrace.analytics.control.SqlException;
import io.millrace.analytics.control.SqlGateway;
import io.millrace.analytics.control.SqlScript;
import io.millrace.server.node.Connections;
import io.millrace.server.sql.ScriptRun;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace sql}: runs a script on Flink; its INSERTs become applications that go on, also after a restart. */
@Command(
        mixinStandardHelpOptions = true,
        name = "sql",
        description = {
            "Runs a script of Flink SQL.",
            "INSERT and EXECUTE STATEMENT SET start applications, which the node keeps running; SELECT shows rows until"
                    + " Ctrl-C. The exit code is 1 when a statement was refused."
        })
final class SqlCommand implements Callable<Integer> {
    private static final int CONNECT_MILLIS = 2_000;

    @Mixin
    private NodeLocation node = new NodeLocation();

    @Option(names = "--list", description = "List the running applications and deliveries.")
    private boolean list;

    @Option(names = "--stop", paramLabel = "NAME", description = "Stop an application.")
    private @Nullable String stop;

    @Option(
            names = "--replace",
            description =
                    "Replace applications that run under the names of this script with another text. They go on from"
                            + " their state; where it does not fit the new text, Flink's reason is shown and they go on unchanged.")
    private boolean replace;

    @Option(
            names = "--without-state",
            description = "With --replace: begin the new text with nothing, and where its tables begin.")
    private boolean withoutState;

    @Parameters(paramLabel = "FILE.sql", arity = "0..1", description = "The script.")
    private @Nullable Path file;

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException, UserException {
        if (withoutState && !replace) {
            throw UserException.wrongCommandLine("--without-state: needs --replace too");
        }
        if (replace && (list || stop != null)) {
            throw UserException.wrongCommandLine("--replace: is for a script, not for --list or --stop");
        }
        List<SqlScript.Statement> script = file == null || list || stop != null ? List.of() : statementsOf(file);
        Connections connections = node.connections();
        try {
            return call(connections, script);
        } catch (IOException e) {
            if (answers(URI.create(connections.api()))) {
                throw e;
            }
            throw new UserException("the node at " + connections.api() + " does not answer; start it with"
                    + " './millrace server --data-dir " + node.directory()
                    + "', or name another directory with --data-dir");
        }
    }

    /** The exceptions of a broken connection have many texts, and some have none. */
    private static boolean answers(URI api) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(api.getHost(), api.getPort()), CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private int call(Connections connections, List<SqlScript.Statement> script) throws IOException, UserException {
        if (connections.flinkAccess() == null) {
            throw new UserException("this node runs without Flink");
        }
        ScriptRun run = new ScriptRun(
                new SqlGateway(connections.sqlAccess()),
                URI.create(connections.api()),
                connections.apiAccess().secretKey(),
                System.out);
        if (list) {
            run.list();
            return 0;
        }
        if (stop != null) {
            run.stop(stop);
            return 0;
        }
        if (file == null) {
            throw new CommandLine.ParameterException(
                    spec == null ? new CommandLine(this) : spec.commandLine(),
                    "Missing required parameter: 'FILE.sql'");
        }
        try {
            run.run(String.valueOf(file.getFileName()), script, mode());
            return 0;
        } catch (SqlException e) {
            throw new UserException(String.valueOf(e.getMessage()));
        }
    }

    private ScriptRun.Mode mode() {
        if (!replace) {
            return ScriptRun.Mode.START;
        }
        return withoutState ? ScriptRun.Mode.REPLACE_WITHOUT_STATE : ScriptRun.Mode.REPLACE;
    }

    private static List<SqlScript.Statement> statementsOf(Path file) throws IOException, UserException {
        List<SqlScript.Statement> statements;
        try {
            statements = SqlScript.parse(Files.readString(file));
        } catch (NoSuchFileException e) {
            throw UserException.wrongCommandLine(file + ": there is no such file");
        } catch (CharacterCodingException e) {
            throw UserException.wrongCommandLine(file + ": is not a text in UTF-8");
        } catch (IOException e) {
            if (Files.isDirectory(file)) {
                throw UserException.wrongCommandLine(file + ": is a directory (expected: a script of SQL)");
            }
            throw e;
        }
        if (statements.isEmpty()) {
            throw UserException.wrongCommandLine(file + ": holds no statement");
        }
        return statements;
    }
}
