package io.github.tlora.hub;

import io.github.tlora.UserError;
import java.io.IOException;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The proxies that {@code HTTPS_PROXY}, {@code HTTP_PROXY} and {@code NO_PROXY} name, in capitals
 * or not. Java itself does not read them.
 */
public final class Proxies extends ProxySelector {
  private final Map<String, URI> byScheme;
  private final List<String> direct;

  private Proxies(Map<String, URI> byScheme, List<String> direct) {
    this.byScheme = byScheme;
    this.direct = direct;
  }

  /**
   * What {@code variables} say.
   *
   * @throws UserError exit 2 for a proxy that is not an HTTP one
   */
  static Proxies of(Map<String, String> variables) {
    Map<String, URI> byScheme = new HashMap<>();
    for (String scheme : List.of("http", "https")) {
      String name = scheme + "_proxy";
      String value = value(variables, name);
      if (!value.isEmpty()) {
        byScheme.put(scheme, proxy(name.toUpperCase(Locale.ROOT), value));
      }
    }
    List<String> direct =
        Arrays.stream(value(variables, "no_proxy").split("[,\\s]+"))
            .map(host -> host.strip().toLowerCase(Locale.ROOT).replaceFirst("^\\*?\\.", ""))
            .filter(host -> !host.isEmpty())
            .toList();
    return new Proxies(byScheme, direct);
  }

  /** The lower-case name goes first, as in curl. */
  private static String value(Map<String, String> variables, String name) {
    String other = variables.getOrDefault(name.toUpperCase(Locale.ROOT), "");
    return variables.getOrDefault(name, other).strip();
  }

  private static URI proxy(String name, String value) {
    try {
      URI uri = URI.create(value.contains("://") ? value : "http://" + value);
      if ("http".equals(uri.getScheme()) && uri.getHost() != null) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // told below
    }
    // The value may hold a password: it is not repeated.
    throw UserError.usage(
        name + ": is not the address of an HTTP proxy. Write it as in http://host:3128");
  }

  @Override
  public List<Proxy> select(URI uri) {
    URI proxy = byScheme.get(uri.getScheme());
    if (proxy == null || isDirect(uri)) {
      return List.of(Proxy.NO_PROXY);
    }
    int port = proxy.getPort() < 0 ? 80 : proxy.getPort();
    return List.of(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.getHost(), port)));
  }

  private boolean isDirect(URI uri) {
    String host = uri.getHost().toLowerCase(Locale.ROOT);
    return direct.stream()
        .anyMatch(
            name ->
                name.equals("*")
                    || host.equals(name)
                    || host.endsWith("." + name)
                    || (host + ":" + uri.getPort()).equals(name));
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException e) {
    // the connection's own exception tells it
  }

  /** Answers a proxy that asks for the name and password in its variable; null where none has. */
  Authenticator authenticator() {
    if (byScheme.values().stream().allMatch(proxy -> proxy.getUserInfo() == null)) {
      return null;
    }
    // Java refuses Basic for tunnels unless told otherwise; the user has given the password for it.
    if (System.getProperty("jdk.http.auth.tunneling.disabledSchemes") == null) {
      System.setProperty("jdk.http.auth.tunneling.disabledSchemes", "");
    }
    return new Authenticator() {
      @Override
      protected PasswordAuthentication getPasswordAuthentication() {
        return getRequestorType() == RequestorType.PROXY ? login() : null;
      }

      private PasswordAuthentication login() {
        return byScheme.values().stream()
            .filter(proxy -> proxy.getHost().equals(getRequestingHost()))
            .filter(proxy -> proxy.getUserInfo() != null)
            .map(proxy -> proxy.getUserInfo().split(":", 2))
            .map(
                user ->
                    new PasswordAuthentication(
                        user[0], (user.length < 2 ? "" : user[1]).toCharArray()))
            .findFirst()
            .orElse(null);
      }
    };
  }
}
