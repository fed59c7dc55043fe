using System.Security.Cryptography;

namespace Ledger.Silo.Hosting;

/// <summary>Where ids and salts come from; tests put their own in its place.</summary>
internal class Entropy
{
    // One call to the generator costs as much as 4 KiB of it: drawing ahead saves three calls an event.
    private const int DrawnAhead = 4096;

    [ThreadStatic]
    private static byte[]? drawn;

    [ThreadStatic]
    private static int used;

    public virtual void Fill(Span<byte> bytes)
    {
        if (drawn is null || used + bytes.Length > DrawnAhead)
        {
            RandomNumberGenerator.Fill(drawn ??= new byte[DrawnAhead]);
            used = 0;
        }

        Span<byte> taken = drawn.AsSpan(used, bytes.Length);
        taken.CopyTo(bytes);
        taken.Clear();
        used += bytes.Length;
    }

    /// <summary>A random UUID (RFC 9562 §5.4): an event id is public in the log and must tell nothing.</summary>
    public Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        Fill(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
