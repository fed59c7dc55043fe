using FluentAssertions;
using Ledger.Cli.Import;
using Xunit;

namespace Ledger.Cli.Tests.Import;

// Alone: what is measured is the memory of the whole process.
[Collection(nameof(ImportMemoryTests))]
[CollectionDefinition(nameof(ImportMemoryTests), DisableParallelization = true)]
public sealed class ImportMemoryTests
{
    [Fact]
    public void Import_Of200000Rows_HoldsNoMoreThanOfAFew()
    {
        using Folder folder = new();
        string file = folder.Path("a.jsonl");
        using (StreamWriter writer = new(file))
        {
            for (int i = 0; i < 200_000; i++)
            {
                writer.Write(Sample.Row(i));
                writer.Write('\n');
            }
        }

        List<long> held = [];
        DryRun dry = Importer.Try(folder.Request(file, Sample.Mapping), TimeProvider.System, 0, progress =>
        {
            if (progress.Rows % 20_000 == 0)
            {
                held.Add(GC.GetTotalMemory(forceFullCollection: true));
            }
        }, CancellationToken.None);

        dry.Counts.Decisions.Should().Be(200_000);
        held.Should().HaveCount(10);
        (held[5..].Min() - held[..5].Min()).Should().BeLessThan(4 << 20, "nothing may grow with the number of rows");
    }
}
