package io.millrace.firehose.ledger;

/**
 * An object that is uploaded whole and not visible until it is completed.
 *
 * @param path where it will be, as a URI
 * @param handle what the store needs to complete it, in the store's own form
 * @param loads whether it is to be copied into the warehouse once it is visible
 */
public record Upload(String path, int handleVersion, byte[] handle, boolean loads) {}
