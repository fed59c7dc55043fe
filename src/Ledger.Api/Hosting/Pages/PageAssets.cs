using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Ledger.Api.Hosting.Pages;

/// <summary>Style and fonts, from inside the program: under names that hold their hash, compressed once, when first asked for, kept by browsers for a year.</summary>
internal sealed class PageAssets
{
    private const string Prefix = "Ledger.Api.Assets.";
    private readonly FrozenDictionary<string, (byte[] Plain, Lazy<byte[]>? Brotli, Lazy<byte[]>? Gzip, string Type)> files;

    public PageAssets()
    {
        Dictionary<string, (byte[], Lazy<byte[]>?, Lazy<byte[]>?, string)> made = new(StringComparer.Ordinal);
        Dictionary<string, string> names = new(StringComparer.Ordinal);
        string[] resources = [.. typeof(PageAssets).Assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).OrderBy(IsStyle)];
        foreach (string resource in resources)
        {
            string file = resource[Prefix.Length..];
            byte[] bytes = IsStyle(resource)
                // The style names the fonts by the names they have here.
                ? Encoding.UTF8.GetBytes(names.Aggregate(Encoding.UTF8.GetString(Read(resource)), (style, n) => style.Replace($"\"{n.Key}\"", $"\"{n.Value}\"", StringComparison.Ordinal)))
                : Read(resource);

            string hash = Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 6));
            string name = $"{Path.GetFileNameWithoutExtension(file)}.{hash}{Path.GetExtension(file)}";
            names[file] = name;
            made[name] = IsStyle(resource)
                ? (bytes, new(() => Compress(bytes, s => new BrotliStream(s, CompressionLevel.SmallestSize))), new(() => Compress(bytes, s => new GZipStream(s, CompressionLevel.SmallestSize))),
                    "text/css; charset=utf-8")
                : (bytes, null, null, "font/woff2");
        }

        files = made.ToFrozenDictionary(StringComparer.Ordinal);
        Style = $"/assets/{names["ledger.css"]}";
    }

    /// <summary>Address of the style.</summary>
    public string Style { get; }

    public async Task ServeAsync(HttpContext context, string name)
    {
        if (!files.TryGetValue(name, out (byte[] Plain, Lazy<byte[]>? Brotli, Lazy<byte[]>? Gzip, string Type) file))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        string accepted = context.Request.Headers.AcceptEncoding.ToString();
        (byte[] bytes, string? encoding) = file.Brotli is { } brotli && accepted.Contains("br", StringComparison.Ordinal) ? (brotli.Value, "br")
            : file.Gzip is { } gzip && accepted.Contains("gzip", StringComparison.Ordinal) ? (gzip.Value, "gzip")
            : (file.Plain, (string?)null);
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        context.Response.Headers.Vary = "Accept-Encoding";
        context.Response.ContentType = file.Type;
        context.Response.ContentLength = bytes.Length;
        if (encoding is not null)
        {
            context.Response.Headers.ContentEncoding = encoding;
        }

        await context.Response.BodyWriter.WriteAsync(bytes, context.RequestAborted);
    }

    private static bool IsStyle(string name) => name.EndsWith(".css", StringComparison.Ordinal);

    private static byte[] Read(string resource)
    {
        using Stream stream = typeof(PageAssets).Assembly.GetManifestResourceStream(resource)!;
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static byte[] Compress(byte[] bytes, Func<Stream, Stream> into)
    {
        using MemoryStream compressed = new();
        using (Stream stream = into(compressed))
        {
            stream.Write(bytes);
        }

        return compressed.ToArray();
    }
}
