package io.github.tlora.pickle;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * PyTorch's format since 1.6: a zip file without compression. {@code NAME/data.pkl} is the pickle,
 * {@code NAME/data/KEY} a storage, {@code NAME/byteorder} says little or big.
 */
final class ZipFormat {
  private static final String PICKLE = "/data.pkl";

  private ZipFormat() {}

  static Contents read(FileBytes file) throws IOException {
    ZipDirectory zip = new ZipDirectory(file);
    String folder = folder(zip);
    if (zip.names().stream().anyMatch(name -> isCode(name, folder))) {
      throw PickleFault.unsupported("it is a TorchScript module, not a state dict");
    }
    checkByteOrder(file, zip, folder + "/byteorder");
    ZipDirectory.Region pickle = zip.region(folder + PICKLE);
    if (pickle.size() > PickleMachine.LARGEST) {
      throw PickleFault.unsupported("its pickle has " + pickle.size() + " bytes");
    }
    TorchNames names = new TorchNames();
    Object value = PickleMachine.read(file.map(pickle.start(), pickle.size()), names);
    return new Contents(value, starts(zip, folder, names));
  }

  private static String folder(ZipDirectory zip) {
    List<String> folders =
        zip.names().stream()
            .filter(name -> name.endsWith(PICKLE))
            .map(name -> name.substring(0, name.length() - PICKLE.length()))
            .filter(name -> !name.contains("/"))
            .toList();
    if (folders.size() != 1) {
      throw PickleFault.unsupported(
          "it is a zip file with " + (folders.isEmpty() ? "no" : "more than one") + " data.pkl");
    }
    return folders.get(0);
  }

  private static boolean isCode(String name, String folder) {
    return name.equals(folder + "/constants.pkl") || name.startsWith(folder + "/code/");
  }

  private static void checkByteOrder(FileBytes file, ZipDirectory zip, String name)
      throws IOException {
    if (!zip.names().contains(name)) {
      return; // before PyTorch 2.1; then it was the machine's, which is little-endian
    }
    ZipDirectory.Region region = zip.region(name);
    ByteBuffer order = file.read(region.start(), (int) Math.min(region.size(), 16));
    if (!StandardCharsets.UTF_8.decode(order).toString().equals("little")) {
      throw PickleFault.unsupported("its numbers are not little-endian");
    }
  }

  private static Map<String, Long> starts(ZipDirectory zip, String folder, TorchNames names)
      throws IOException {
    Map<String, Long> starts = new HashMap<>();
    for (Storage storage : names.storages().values()) {
      String entry = folder + "/data/" + storage.key();
      ZipDirectory.Region region = zip.region(entry);
      if (region.size() != storage.bytes()) {
        throw PickleFault.damaged(
            String.format(
                "entry %s has %d bytes, not the %d of its storage",
                PickleFault.quoted(entry), region.size(), storage.bytes()));
      }
      starts.put(storage.key(), region.start());
    }
    return starts;
  }
}
