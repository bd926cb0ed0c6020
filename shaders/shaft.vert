// Sides of the light that falls through a skylight.
in vec4 p3d_Vertex;
in vec3 p3d_Normal;
uniform mat4 p3d_ModelViewProjectionMatrix;
out vec3 site;
out vec3 normal;

void main() {
    gl_Position = p3d_ModelViewProjectionMatrix * p3d_Vertex;
    site = p3d_Vertex.xyz;
    normal = p3d_Normal;
}
