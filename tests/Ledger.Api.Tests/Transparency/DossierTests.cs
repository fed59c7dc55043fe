using FluentAssertions;
using Ledger.Api.Transparency;
using Xunit;

namespace Ledger.Api.Tests.Transparency;

public sealed class DossierTests
{
    [Fact]
    public async Task Sample_Written_ForALook()
    {
        string to = Environment.GetEnvironmentVariable("DOSSIER_TO") ?? Path.GetTempPath();
        foreach ((string name, int events) in new[] { ("small", 6), ("large", 500) })
        {
            foreach (string language in new[] { "fr", "en" })
            {
                using DossierEvidence evidence = new(7);
                byte[] file = evidence.Chance(events).File();
                await using FileStream output = File.Create(Path.Combine(to, $"{name}.{language}.html"));
                (await Dossier.WriteAsync(new MemoryStream(file), language, output, default)).Should().HaveLength(19);
            }
        }
    }
}
