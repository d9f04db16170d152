package io.github.tlora.pickle;

import io.github.tlora.UserError;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.WeightSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Map;
import java.util.Set;

/**
 * A state dict that {@code torch.save} wrote, such as {@code pytorch_model.bin}, in the zip format
 * or the older stream format.
 *
 * <p>Such a file is a Python program. It is read without being run ({@link PickleMachine}), and
 * refused where it asks for more than tensors ({@link TorchNames}). Tensors are memory-mapped one
 * by one with 64-bit offsets; only one whose elements do not lie row by row is copied.
 */
public final class PyTorchFile implements WeightSource {
  /** A small file may claim one number many times over; it gets no more memory than this. */
  private static final long LARGEST_REPEATED = 1 << 26;

  private final Path path;
  private final FileBytes file;
  private final Map<String, StoredTensor> tensors;
  private final Map<String, Long> starts;

  /**
   * Opens {@code path} and reads all but its values.
   *
   * @throws UserError exit 3 when the file is missing, damaged or asks for more than tensors
   */
  public PyTorchFile(Path path) {
    this.path = path;
    if (!Files.isRegularFile(path)) {
      throw UserError.file(path + ": no such file");
    }
    FileChannel channel = null;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
      file = new FileBytes(channel, channel.size());
      Contents contents = read(file);
      tensors = StateDict.in(contents.value());
      starts = contents.starts();
    } catch (IOException e) {
      close(channel);
      throw new UserError(UserError.Kind.FILE, path + ": cannot be read", e);
    } catch (PickleFault e) {
      close(channel);
      throw unusable(e);
    }
  }

  private static Contents read(FileBytes file) throws IOException {
    ByteBuffer head = file.read(0, (int) Math.min(file.size(), 512));
    String start = StandardCharsets.ISO_8859_1.decode(head.duplicate()).toString();
    if (start.startsWith("PK\3\4")) {
      return ZipFormat.read(file);
    }
    if (start.startsWith("\u0080")) {
      return StreamFormat.read(file);
    }
    if (start.startsWith("version https://git-lfs")) {
      throw PickleFault.unsupported(
          "it is a pointer of Git LFS, not the file itself",
          "Run 'git lfs pull' in its repository");
    }
    if (start.startsWith("ustar", 257)) {
      throw PickleFault.unsupported("it is in the tar format of PyTorch 0.1");
    }
    if (start.startsWith("{\"", 8)) {
      throw PickleFault.unsupported("it is a safetensors file", "Rename it to model.safetensors");
    }
    throw PickleFault.damaged("it is neither in the zip nor in the stream format of torch.save");
  }

  @Override
  public String location() {
    return path.toString();
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  @Override
  public long[] shape(String name) {
    return tensor(name).shape().clone();
  }

  @Override
  public Dtype dtype(String name) {
    ElementType type = tensor(name).storage().type();
    return type.dtype()
        .orElseThrow(
            () ->
                unusable(
                    name,
                    "is " + type.torchName() + ", not float32, float16 or bfloat16",
                    "Convert it in Python with model.float() and save it again"));
  }

  /** As safetensors call it where weights have it, else as PyTorch does: {@code int64}. */
  @Override
  public String storedType(String name) {
    ElementType type = tensor(name).storage().type();
    return type.dtype().map(Dtype::name).orElse(type.torchName());
  }

  @Override
  public ByteBuffer bytes(String name) {
    int width = dtype(name).bytes();
    StoredTensor tensor = tensor(name);
    long start = starts.get(tensor.storage().key());
    checkSize(name, tensor);
    try {
      return tensor.isContiguous()
          ? file.map(start + tensor.first() * width, tensor.bytes())
          : tensor.gather(file.map(start, tensor.storage().bytes()));
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, path + ": cannot be read", e);
    }
  }

  private void checkSize(String name, StoredTensor tensor) {
    long stored = tensor.isContiguous() ? 0 : tensor.storage().bytes();
    if (Math.max(tensor.bytes(), stored) > Integer.MAX_VALUE) {
      throw unusable(name, "is over 2 GiB", "Use a checkpoint without such a tensor");
    }
    if (!tensor.isContiguous() && tensor.bytes() > Math.max(LARGEST_REPEATED, stored)) {
      throw unusable(
          name, "repeats few numbers in " + tensor.bytes() + " bytes", PickleFault.SAVE_AGAIN);
    }
  }

  private StoredTensor tensor(String name) {
    StoredTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw UserError.file(path + ": has no tensor '" + name + "'");
    }
    return tensor;
  }

  private UserError unusable(String name, String what, String advice) {
    return unusable(
        PickleFault.unsupported("tensor " + PickleFault.quoted(name) + " " + what, advice));
  }

  private UserError unusable(PickleFault fault) {
    return new UserError(
        UserError.Kind.FILE,
        path + ": not a usable PyTorch file: " + fault.getMessage() + ". " + fault.advice(),
        fault);
  }

  @Override
  public void close() {
    close(file.channel());
  }

  private void close(FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, path + ": cannot be closed", e);
    }
  }
}
