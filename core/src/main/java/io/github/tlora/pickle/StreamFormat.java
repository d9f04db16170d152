package io.github.tlora.pickle;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * PyTorch's format up to 1.5: five pickles, which are a magic number, the version, facts of the
 * machine, the object and the keys of its storages; then each storage's count and bytes.
 */
final class StreamFormat {
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long VERSION = 1001;

  private final FileBytes file;
  private final TorchNames names = new TorchNames();
  private long at;

  private StreamFormat(FileBytes file) {
    this.file = file;
  }

  static Contents read(FileBytes file) throws IOException {
    return new StreamFormat(file).read();
  }

  private Contents read() throws IOException {
    if (!MAGIC.equals(pickle())) {
      throw PickleFault.unsupported("it is a pickle, but not one of torch.save");
    }
    if (!Long.valueOf(VERSION).equals(pickle())) {
      throw PickleFault.unsupported("it is of another version than " + VERSION);
    }
    if (!(pickle() instanceof PyDict machine)
        || !Boolean.TRUE.equals(machine.get("little_endian"))) {
      throw PickleFault.unsupported("its numbers are not little-endian");
    }
    Object value = pickle();
    if (!(pickle() instanceof PyList keys)) {
      throw PickleFault.damaged("the list of its storages is none");
    }
    return new Contents(value, starts(keys));
  }

  private Object pickle() throws IOException {
    long most = Math.min(PickleMachine.LARGEST, file.size() - at);
    ByteBuffer bytes = file.map(at, most);
    Object value = PickleMachine.read(bytes, names);
    at += bytes.position();
    return value;
  }

  private Map<String, Long> starts(PyList keys) throws IOException {
    Map<String, Long> starts = new HashMap<>();
    for (Object key : keys.items()) {
      Storage storage = key instanceof String text ? names.storages().get(text) : null;
      if (storage == null) {
        throw PickleFault.damaged("a storage in it belongs to no tensor");
      }
      long count = file.read(at, Long.BYTES).getLong();
      if (count != storage.count()) {
        throw PickleFault.damaged(
            String.format(
                "storage %s has %d elements, not %d",
                PickleFault.quoted(storage.key()), count, storage.count()));
      }
      at += Long.BYTES;
      starts.put(storage.key(), at);
      if (storage.bytes() > file.size() - at) {
        throw PickleFault.damaged("it ends early");
      }
      at += storage.bytes();
    }
    if (starts.size() != names.storages().size()) {
      throw PickleFault.damaged("the values of a tensor are not in it");
    }
    return starts;
  }
}
