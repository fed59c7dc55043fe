using FluentAssertions;
using Xunit;

namespace Ledger.Verification.Tests;

/// <summary>Measures the memory of the whole process, so nothing runs beside it.</summary>
[Collection(nameof(Alone))]
public sealed class EvidenceMemoryTests
{
    [Fact]
    public async Task LongFile_IsCheckedInTheMemoryOfOnePiece()
    {
        // Some 25 MB of events: what is alive at the end is one of them.
        SampleEvidence sample = new(1);
        using EndlessEvents stream = new(sample.FileOf(sample.Event(0)), copies: 20_000);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        EvidenceReader reader = new(stream);
        long events = 0;
        while (await reader.ReadAsync(CancellationToken.None) is EvidenceHeader or EvidenceEvent)
        {
            events++;
        }

        events.Should().Be(20_001);
        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(1_000_000);
        GC.KeepAlive(reader);
    }
}

[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
