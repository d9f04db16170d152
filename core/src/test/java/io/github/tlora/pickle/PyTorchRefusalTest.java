package io.github.tlora.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that PyTorch reads, or once read, and that are refused here with a line on what to do. */
class PyTorchRefusalTest {
  private static final Path REFUSED = Path.of("src/test/resources/golden/pickles/refused");

  private static final String AGAIN =
      "here you trust it, load it in Python and write it again with model.save_pretrained(DIR),"
          + " which gives model.safetensors";
  private static final String SAVE = ". W" + AGAIN;
  private static final String FETCH = ". Fetch or write it again";

  @TempDir Path dir;

  private static String asksFor(String name) {
    return "it asks to run '"
        + name
        + "', which a file of weights has no need for. Nothing was run. Use the model's safetensors"
        + " file or, w"
        + AGAIN;
  }

  /** The message for each file of the directory. */
  private static Map<String, String> messages() {
    Map<String, String> messages = new LinkedHashMap<>();
    // In protocol 2, Python gives its modules their old names.
    runs(messages, "os-system", "posix.system", "posix.system");
    runs(messages, "eval", "__builtin__.eval", "builtins.eval");
    runs(messages, "exec", "__builtin__.exec", "builtins.exec");
    runs(messages, "getattr", "__builtin__.getattr", "builtins.getattr");
    runs(messages, "import", "__builtin__.__import__", "builtins.__import__");
    runs(messages, "subprocess", "commands.run", "subprocess.run");
    messages.put("sparse", asksFor("torch._utils._rebuild_sparse_tensor"));
    messages.put("float8", asksFor("torch._utils._rebuild_tensor_v3"));
    messages.put("meta", asksFor("torch._utils._rebuild_meta_tensor_no_storage"));
    messages.put("quantized", asksFor("torch._utils._rebuild_qtensor"));
    messages.put("negative", "a tensor is the negative or conjugate of what is stored" + SAVE);
    String module =
        "it is a whole model with its code, not a state dict: it asks for"
            + " 'torch.nn.modules.linear.Linear'"
            + SAVE;
    messages.put("module", module);
    messages.put("module-stream", module);
    messages.put("torchscript", "it is a TorchScript module, not a state dict" + SAVE);
    messages.put("tensor", "it holds one tensor without a name, not a state dict" + SAVE);
    messages.put("list", "it holds no state dict" + FETCH);
    messages.put("nothing", "it holds no dictionary of tensors" + SAVE);
    messages.put("two", "it holds more than one dictionary of tensors: 'model', 'ema'" + SAVE);
    messages.put(
        "outer-and-inner",
        "it holds more than one dictionary of tensors: the dictionary itself, 'ema'" + SAVE);
    messages.put(
        "protocol-1",
        "its pickle has the instruction 0x49, which is none of state dicts in protocols 2 to 5"
            + FETCH);
    messages.put(
        "compressed", "the zip file's entry 'base/byteorder' is compressed or encrypted" + SAVE);
    messages.put("big-endian", "its numbers are not little-endian" + SAVE);
    messages.put(
        "short-storage", "entry 'base/data/0' has 12 bytes, not the 16 of its storage" + FETCH);
    messages.put(
        "long-storage", "entry 'base/data/0' has 20 bytes, not the 16 of its storage" + FETCH);
    messages.put("no-storage", "the zip file has no entry 'base/data/1'" + FETCH);
    messages.put("pickle", "it is a pickle, but not one of torch.save" + SAVE);
    messages.put("tar", "it is in the tar format of PyTorch 0.1" + SAVE);
    return messages;
  }

  private static void runs(Map<String, String> messages, String file, String old, String name) {
    for (String format : List.of("-", "-stream-")) {
      messages.put(file + format + 2, asksFor(old));
      messages.put(file + format + 4, asksFor(name));
    }
  }

  private static void assertRefused(Path file, String message) {
    assertThatThrownBy(() -> new PyTorchFile(file).close())
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessage(file + ": not a usable PyTorch file: " + message);
  }

  @Test
  void each_is_refused_with_its_own_line() throws IOException {
    Map<String, String> messages = messages();
    try (Stream<Path> files = Files.list(REFUSED)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(
              messages.keySet().stream().map(name -> name + ".bin").toList());
    }
    messages.forEach((name, message) -> assertRefused(REFUSED.resolve(name + ".bin"), message));
  }

  @Test
  void files_of_other_kinds_are_told_apart() throws IOException {
    Map<String, String> texts =
        Map.of(
            "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
            "it is a pointer of Git LFS, not the file itself. Run 'git lfs pull' in its repository",
            "\2\0\0\0\0\0\0\0{}",
            "it is neither in the zip nor in the stream format of torch.save" + FETCH,
            "\20\0\0\0\0\0\0\0{\"a\":null      }",
            "it is a safetensors file. Rename it to model.safetensors",
            "<html>",
            "it is neither in the zip nor in the stream format of torch.save" + FETCH,
            "",
            "it is neither in the zip nor in the stream format of torch.save" + FETCH,
            "PK\3\4",
            "the zip file is cut short: it has no directory at its end" + FETCH,
            "PK\3\4" + "PK\5\6" + "\0".repeat(18),
            "it is a zip file with no data.pkl" + SAVE);
    int i = 0;
    for (Map.Entry<String, String> text : texts.entrySet()) {
      Path file = dir.resolve(i++ + ".bin");
      Files.write(file, text.getKey().getBytes(StandardCharsets.ISO_8859_1));
      assertRefused(file, text.getValue());
    }
  }

  @Test
  void a_download_cut_short_is_told() throws IOException {
    byte[] zip = Files.readAllBytes(PyTorchFileTest.GOOD.resolve("zip-2.bin"));
    Path half = Files.write(dir.resolve("half.bin"), Arrays.copyOf(zip, zip.length / 2));
    assertRefused(half, "the zip file is cut short: it has no directory at its end" + FETCH);
    byte[] stream = Files.readAllBytes(PyTorchFileTest.GOOD.resolve("stream-2.bin"));
    Path most = Files.write(dir.resolve("most.bin"), Arrays.copyOf(stream, stream.length - 1));
    assertRefused(most, "it ends early" + FETCH);
    Path some = Files.write(dir.resolve("some.bin"), Arrays.copyOf(stream, 300));
    assertRefused(some, "its pickle ends early" + FETCH);
  }
}
