using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Ledger.Cli.Transparency;

/// <summary>Bytes in a rented buffer: a whole log passes through a few buffers, so memory does not grow with it.</summary>
internal sealed class RentedBytes : IDisposable
{
    private const int FirstGuess = 64 * 1024;

    private byte[]? buffer;
    private int length;

    private RentedBytes(byte[] buffer) => this.buffer = buffer;

    public ReadOnlyMemory<byte> Memory => buffer.AsMemory(0, length);

    /// <summary>Reads a stream to its end; null when it is longer than it may be.</summary>
    public static async Task<RentedBytes?> ReadAsync(Stream stream, int maxLength, CancellationToken cancellationToken)
    {
        RentedBytes bytes = new(ArrayPool<byte>.Shared.Rent(Math.Min(FirstGuess, maxLength + 1)));
        try
        {
            while (true)
            {
                int read = await stream.ReadAsync(bytes.buffer.AsMemory(bytes.length), cancellationToken);
                bytes.length += read;
                if (read == 0)
                {
                    return bytes;
                }

                if (bytes.length > maxLength)
                {
                    bytes.Dispose();
                    return null;
                }

                bytes.GrowIfFull(maxLength);
            }
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    /// <summary>Reads a file; null when it is longer than it may be.</summary>
    // Reading a file of a few kilobytes takes less time than to hand it to another thread.
    public static RentedBytes? Read(SafeFileHandle file, int maxLength)
    {
        long wanted = RandomAccess.GetLength(file);
        if (wanted > maxLength)
        {
            return null;
        }

        RentedBytes bytes = new(ArrayPool<byte>.Shared.Rent((int)wanted));
        for (int read = -1; read != 0 && bytes.length < wanted; bytes.length += read)
        {
            read = RandomAccess.Read(file, bytes.buffer.AsSpan(bytes.length, (int)wanted - bytes.length), bytes.length);
        }

        return bytes;
    }

    /// <summary>Leaves only the beginning.</summary>
    public void Cut(int newLength) => length = Math.Min(length, newLength);

    public void Dispose()
    {
        if (buffer is { } rented)
        {
            buffer = null;
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private void GrowIfFull(int maxLength)
    {
        if (length < buffer!.Length)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * length, maxLength + 1L));
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}
