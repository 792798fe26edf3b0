package io.millrace.server.storage;

import java.nio.file.Path;

/**
 * Where the tails of objects lie that a Flink job is writing.
 *
 * <p>Flink's S3 file system keeps the end of an object that is too small for a part at {@code KEY/.incomplete/UPLOAD/NAME}
 * while it writes {@code KEY}. As files, the object and the folder of its tails cannot have the same name, so the upload
 * could never be completed. The tails are kept at {@code .KEY.incomplete/UPLOAD/NAME} beside the object; that is also the key
 * under which they are listed.
 */
final class IncompleteTails {
    private static final String FOLDER = ".incomplete";

    private IncompleteTails() {}

    /** Returns the path of a key. */
    static Path place(Path key) {
        int folder = key.getNameCount() - 1;
        while (folder > 0 && !key.getName(folder).toString().equals(FOLDER)) {
            folder--;
        }
        if (folder <= 0) {
            return key;
        }
        Path placed = key.getFileSystem().getPath("." + key.getName(folder - 1) + FOLDER);
        if (folder > 1) {
            placed = key.subpath(0, folder - 1).resolve(placed);
        }
        if (folder + 1 < key.getNameCount()) {
            placed = placed.resolve(key.subpath(folder + 1, key.getNameCount()));
        }
        return key.isAbsolute() ? key.getRoot().resolve(placed) : placed;
    }
}
