namespace Ledger.Verification.Tests;

/// <summary>Gives a few bytes at a time.</summary>
internal sealed class TrickleStream(byte[] bytes) : MemoryStream(bytes)
{
    private int _step;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(buffer.Length, 1 + _step++ * 37 % 997)], cancellationToken);
}

/// <summary>An evidence file whose only event comes many times.</summary>
internal sealed class EndlessEvents : Stream
{
    private readonly byte[] _head;
    private readonly byte[] _event;
    private readonly byte[] _end;
    private readonly long _length;
    private long _at;

    public EndlessEvents(byte[] file, int copies)
    {
        int begin = file.AsSpan().IndexOf("revision 0"u8);
        int end = file.AsSpan().IndexOf("end 1\n"u8);
        (_head, _event, _end) = (file[..begin], file[begin..end], file[end..]);
        _length = _head.Length + (long)_event.Length * copies + _end.Length;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position { get => _at; set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count)
    {
        byte[] part = _at < _head.Length ? _head : _at < _length - _end.Length ? _event : _end;
        long from = _at < _head.Length ? _at : _at < _length - _end.Length ? (_at - _head.Length) % _event.Length : _at - (_length - _end.Length);
        int length = (int)Math.Min(count, part.Length - from);
        part.AsSpan((int)from, length).CopyTo(buffer.AsSpan(offset));
        _at += length;
        return length;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
