using System.Net;
using System.Net.Sockets;

namespace Ledger.Cli.Hosting;

/// <summary>Ports of the loopback interface.</summary>
internal static class FreePorts
{
    /// <summary>Different ports that were free a moment ago: all are held until the last is known.</summary>
    public static int[] Take(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        try
        {
            foreach (TcpListener listener in listeners)
            {
                listener.Start();
            }

            return [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        }
        finally
        {
            foreach (TcpListener listener in listeners)
            {
                listener.Dispose();
            }
        }
    }

    /// <summary>Whether a port can be bound here now.</summary>
    public static bool IsFree(IPAddress address, int port)
    {
        using TcpListener listener = new(address, port) { ExclusiveAddressUse = true };
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
