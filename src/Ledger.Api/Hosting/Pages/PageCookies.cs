using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Ledger.Api.Hosting.Pages;

/// <summary>Cookies of the pages: sealed, for this host alone, out of reach of scripts, and secure wherever others could listen.</summary>
internal sealed class PageCookies(IOptions<ApiOptions> options, IDataProtectionProvider protection, TimeProvider time)
{
    private readonly ChunkingCookieManager chunks = new();
    private readonly IDataProtector protector = protection.CreateProtector("Ledger.Pages.Cookies");

    /// <summary>Whether cookies travel over TLS only: everywhere but in clear text on loopback.</summary>
    public bool Secure { get; } = options.Value is { Certificate: not null } || options.Value.PublicAddress is not null || !IPAddress.IsLoopback(IPAddress.Parse(options.Value.Host));

    /// <summary>Name of a cookie; the prefix makes browsers refuse it from another host or without TLS (RFC 6265bis §4.1.3.2).</summary>
    public string Name(string name) => Secure ? $"__Host-ledger-{name}" : $"ledger-{name}";

    public void Write<T>(HttpContext http, string name, T value, TimeSpan lifetime)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(new Sealed<T>(value, time.GetUtcNow() + lifetime));
        chunks.AppendResponseCookie(http, Name(name), Convert.ToBase64String(protector.Protect(json)), Builder(name).Build(http));
    }

    /// <summary>What a cookie holds; nothing if there is none, it is over, or it is not ours.</summary>
    public T? Read<T>(HttpContext http, string name)
        where T : class
    {
        if (chunks.GetRequestCookie(http, Name(name)) is not { Length: > 0 } text)
        {
            return null;
        }

        try
        {
            Sealed<T>? found = JsonSerializer.Deserialize<Sealed<T>>(protector.Unprotect(Convert.FromBase64String(text)));
            return found is not null && found.Until > time.GetUtcNow() ? found.Value : null;
        }
        catch (Exception e) when (e is System.Security.Cryptography.CryptographicException or FormatException or JsonException)
        {
            // Made by another key or altered: as if it were not there.
            return null;
        }
    }

    public void Delete(HttpContext http, string name) => chunks.DeleteCookie(http, Name(name), Builder(name).Build(http));

    public CookieBuilder Builder(string name) => new()
    {
        Name = Name(name),
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        SecurePolicy = Secure ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest,
        Path = "/",
        IsEssential = true,
    };

    private sealed record Sealed<T>(T Value, DateTimeOffset Until);
}
