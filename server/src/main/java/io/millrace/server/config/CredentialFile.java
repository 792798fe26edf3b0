package io.millrace.server.config;

import io.millrace.analytics.control.ClusterAccess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file with the credential of an external cluster in one line: {@code user:password}, or a whole header as {@code
 * Name: value}, which is told by the space after the colon. A command line would show it to every user of the machine.
 */
final class CredentialFile {
    private static final Pattern HEADER = Pattern.compile("([A-Za-z0-9-]+): +(\\S.*)");
    private static final Pattern USER = Pattern.compile("[^: ]+:\\S.*");

    private CredentialFile() {}

    /** @throws IOException naming the file and what was expected, never what it holds */
    static ClusterAccess.Credential read(Path file) throws IOException {
        String line;
        try {
            line = Files.readString(file).strip();
        } catch (NoSuchFileException e) {
            throw new IOException(file + ": there is no such file", e);
        }
        Matcher header = HEADER.matcher(line);
        if (header.matches()) {
            return new ClusterAccess.Credential(header.group(1), header.group(2));
        }
        if (!USER.matcher(line).matches()) {
            throw new IOException(file + ": is neither 'user:password' nor 'Header: value' in one line");
        }
        String encoded = Base64.getEncoder().encodeToString(line.getBytes(StandardCharsets.UTF_8));
        return new ClusterAccess.Credential("Authorization", "Basic " + encoded);
    }
}
